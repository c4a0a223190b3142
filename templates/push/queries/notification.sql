SELECT date_trunc('hour', at) AS hour, kind,
       count(*) AS times,
       count(DISTINCT subscriber) AS subscribers
FROM clicks
WHERE day >= date_format(current_date - INTERVAL '7' DAY, '%Y-%m-%d')
  AND notification = ?
GROUP BY 1, 2
ORDER BY 1, 2
