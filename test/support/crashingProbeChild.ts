/** Stands in for a probe whose driver crashes. */
process.abort();
