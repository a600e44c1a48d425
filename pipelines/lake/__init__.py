"""The lake: the record's facts as Parquet files, for engines of many machines."""
