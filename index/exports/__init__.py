"""Results as files, and the ledger of which file holds which posts."""
