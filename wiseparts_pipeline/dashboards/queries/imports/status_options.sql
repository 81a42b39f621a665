-- What has become of files.
select distinct
    status,
    initcap(replace(status, '_', ' ')) as label
from marts.import_log
order by status;
