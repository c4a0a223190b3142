SELECT date_trunc('hour', at) AS hour,
       count(*) AS clicks,
       count(DISTINCT publisher) AS publishers
FROM clicks
WHERE day >= date_format(current_date - INTERVAL '14' DAY, '%Y-%m-%d')
  AND kind = 'clicked'
GROUP BY 1
ORDER BY clicks DESC
LIMIT 50
