-- A row for the head of the page.
select count(*) as records
from marts.export_log;
