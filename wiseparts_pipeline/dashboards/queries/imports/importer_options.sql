select
    importer,
    importer as label
from marts.import_freshness
order by importer;
