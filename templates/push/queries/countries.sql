SELECT country, publisher,
       count(*) AS clicks,
       count(DISTINCT subscriber) AS subscribers
FROM clicks
WHERE day = date_format(current_date - INTERVAL '1' DAY, '%Y-%m-%d')
  AND kind = 'clicked'
GROUP BY country, publisher
ORDER BY clicks DESC
