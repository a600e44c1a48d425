"""The store: the record with its ledger, the published read model, coverage, vintages."""
