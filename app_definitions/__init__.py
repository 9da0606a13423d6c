"""The words every definition is written in, and the apps that ship."""
