-- How many records of each exporter have each status; each has one. What is created in a system is not collected.
select
    exporter,
    entity,
    count(*) as records,
    count(*) filter (where status = 'waiting') as waiting,
    count(*) filter (where status = 'held') as held,
    count(*) filter (where status = 'given_up') as given_up,
    count(*) filter (where status = 'delivered' and path is not null) as not_collected,
    count(*) filter (where status = 'collected') as collected,
    count(*) filter (where status = 'cancelled') as cancelled,
    min(noted_at) filter (where status in ('waiting', 'held')) as waiting_since,
    min(delivered_at) filter (where status = 'delivered' and path is not null) as not_collected_since,
    max(delivered_at) as last_delivered_at
from marts.export_log
where %(exporter)s::text is null or exporter = %(exporter)s
group by exporter, entity
order by exporter, entity;
