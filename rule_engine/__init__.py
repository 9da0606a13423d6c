"""One expression language: FEEL text to a typed tree, decisions and verdicts that explain themselves."""
