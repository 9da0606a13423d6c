"""Flows: BPMN run by SpiffWorkflow behind an interface of our own."""
