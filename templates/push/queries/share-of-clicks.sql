SELECT publisher, day,
       count_if(kind = 'shown') AS shown,
       count_if(kind = 'clicked') AS clicked,
       round(100.0 * count_if(kind = 'clicked') / nullif(count_if(kind = 'shown'), 0), 2) AS in_a_hundred
FROM clicks
WHERE day >= date_format(current_date - INTERVAL '30' DAY, '%Y-%m-%d')
GROUP BY publisher, day
ORDER BY publisher, day
