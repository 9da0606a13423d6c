"""Drafts, releases and compiled apps."""
