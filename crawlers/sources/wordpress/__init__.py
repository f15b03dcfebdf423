"""Any WordPress site, by its public REST API, or by its feeds where that is closed."""
