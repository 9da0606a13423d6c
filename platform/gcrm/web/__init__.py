"""Pages and JSON API: who asks, what, may they, do it, show it."""
