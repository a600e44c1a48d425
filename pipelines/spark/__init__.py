"""Apache Spark over the lake: the same metrics and roll-ups, for data of many machines."""
