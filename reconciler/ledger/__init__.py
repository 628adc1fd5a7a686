"""SQL. What we own and what we did."""
