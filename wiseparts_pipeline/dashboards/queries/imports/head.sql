-- A row for the head of the page.
select count(*) as files
from marts.import_log;
