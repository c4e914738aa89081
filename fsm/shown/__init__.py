"""What a person reads about the running program: pictures, tables, reports."""
