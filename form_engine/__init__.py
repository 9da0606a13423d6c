"""Forms: field types, binding, validation, rights and rendering."""
