-- Which build the page is of.
select as_of
from marts.last_build;
