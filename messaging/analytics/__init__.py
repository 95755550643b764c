"""Facts about the use of the chat, without content: counts, times and ids.

`facts` says what they are, in SQL over the log; `files` writes them into a DuckDB file or Parquet,
for `manage.py analytics`. `day_figures` keeps a row a day for the first page of the admin.
"""
