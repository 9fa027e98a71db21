"""What people and programs are shown: previews, tables, Markdown, JSON."""
