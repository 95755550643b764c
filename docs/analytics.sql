-- Questions to the file that `manage.py analytics` writes: duckdb .data/analytics/chat.duckdb < docs/analytics.sql
-- From Parquet the same is asked of 'analytics/parquet/messages_per_day.parquet' in place of a table.
-- Copies of the event stream, written as JSON lines, can be asked beside them: read_json('events/*.jsonl').

-- Messages of each day, by kind of conversation.
SELECT day, conversation_kind, sum(m.messages) AS messages
FROM messages_per_day m JOIN conversations USING (conversation_id)
GROUP BY ALL ORDER BY ALL;

-- How many of the people of a month are there on a day, on average.
SELECT month.starts, round(avg(day.active) / any_value(month.active), 2) AS stickiness
FROM active_people month JOIN active_people day
  ON day.period = 'day' AND date_trunc('month', day.starts) = month.starts
WHERE month.period = 'month'
GROUP BY month.starts ORDER BY month.starts;

-- How much of what is said is said in how few conversations.
SELECT count(*) AS conversations, sum(messages) AS messages
FROM (SELECT messages, sum(messages) OVER (ORDER BY messages DESC, conversation_id) AS running,
             sum(messages) OVER () AS whole
      FROM (SELECT conversation_id, sum(messages) AS messages FROM messages_per_day GROUP BY ALL))
WHERE running - messages < whole * 0.8;

-- How fast people answer, week by week, weighted by answers.
SELECT date_trunc('week', day) AS week, conversation_kind,
       round(sum(median_seconds * responses) / sum(responses)) AS typical_seconds
FROM response_times GROUP BY ALL ORDER BY ALL;

-- What kinds of files take the room.
SELECT content_type, sum(files) AS files, round(sum(bytes) / 1e6, 1) AS megabytes
FROM files_per_day GROUP BY ALL ORDER BY sum(bytes) DESC;

-- Retention: of those who joined in a week, the share that was active so many weeks later.
PIVOT (SELECT cohort, people, week, round(100.0 * active / people) AS percent FROM retention)
ON week USING first(percent) GROUP BY cohort, people ORDER BY cohort;
