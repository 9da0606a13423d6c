"""The functions of FEEL (DMN 1.5, 10.3.4) and ours, one module a subject."""
