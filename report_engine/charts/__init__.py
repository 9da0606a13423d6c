"""One file a chart type."""
