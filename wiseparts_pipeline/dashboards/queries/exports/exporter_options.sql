select distinct
    exporter,
    exporter as label
from marts.export_log
order by exporter;
