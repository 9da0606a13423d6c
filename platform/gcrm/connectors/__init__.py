"""Ports to other systems, each with a local double."""
