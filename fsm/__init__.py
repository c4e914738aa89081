"""The lifecycle of one position: table, record, plan, desired orders, reconciliation, store and loop."""
