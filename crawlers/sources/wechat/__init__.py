"""WeChat public accounts: through the operator's own feed service, and single articles."""
