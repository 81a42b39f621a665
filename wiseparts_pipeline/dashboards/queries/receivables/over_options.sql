-- Whether only those are listed who are overdue as well.
select
    'overdue' as value,
    'And overdue' as label
where exists (select from marts.receivables_aging);
