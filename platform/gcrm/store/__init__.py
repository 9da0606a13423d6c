"""Tables, transactions, sealing and audit."""
