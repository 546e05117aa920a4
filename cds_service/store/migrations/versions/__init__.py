"""The migrations, one file per version of the tables."""
