"""HTML -> tagged PDF. WeasyPrint lives here alone and is imported late: it takes half a second."""
