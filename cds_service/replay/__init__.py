"""Years of orders: what the service would have said at each signing in an export, by the rules of its day.

Read judging.py first: one patient's resources go in, rows come out. record_of_day.py says what was known that day.
run.py does it for a whole export on one machine, spark.py on several. DuckDB, pyarrow and pyspark are imported inside
functions, since the service runs without them. May import all below it.
"""
