"""For those who run gunicorn themselves, in this folder: gunicorn "cds_service.wsgi:app()".

The settings are those of `cds-service serve`; an option of gunicorn's command line goes before them.
"""

from cds_service.server import options

globals().update(options("127.0.0.1:8000", workers=2))
