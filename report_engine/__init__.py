"""Boards: charts, workbooks and the pictures of both."""
