"""One file a field type."""
