/** Stands in for a probe whose driver never answers. */
setInterval(() => {}, 1000);
