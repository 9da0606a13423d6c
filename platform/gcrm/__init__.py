"""The platform that runs app definitions."""
