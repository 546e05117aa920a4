"""The entry point of `python -m cds_service`."""

from cds_service.cli import main

if __name__ == "__main__":  # the processes of a replay import this module too
    main()
