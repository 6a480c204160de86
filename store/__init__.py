"""Remember: every row and every line of SQL.  Knows nothing of mail formats, rules or words."""
