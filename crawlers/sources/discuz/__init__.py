"""Any Discuz! forum: lists, the guide and threads, X and 7.x, UTF-8 and GBK."""
