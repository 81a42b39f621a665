{# The importers of the variable `feeds`, as a select of entity, importer and stale_after_minutes. #}
{% macro expected_feeds() -%}
    select *
    from (
        values
        (null::text, null::text, null::int)
        {% for entity, importers in var('feeds').items() %}
        {% for importer, minutes in importers.items() %}
        , ('{{ entity }}', '{{ importer }}', {{ 'null' if minutes is none else minutes }})
        {% endfor %}
        {% endfor %}
    ) as feeds (entity, importer, stale_after_minutes)
    where importer is not null
{%- endmacro %}

{#
    Selects the moment that an entity's freshness counts from: its last import, also of a file that changed nothing.
    Of several importers each has a pace of its own, and the entity is to be stale as soon as one of them is: so it is
    the last import of the one that is due first, as much earlier as that one is faster than the slowest.
#}
{% macro last_import(entity) -%}
    select
        case
            when bool_and(feeds.last_imported_at is not null)
                then min(feeds.last_imported_at - (feeds.slowest - feeds.stale_after_minutes) * interval '1 minute')
        end as loaded_at
    from (
        select
            expected.stale_after_minutes,
            max(expected.stale_after_minutes) over () as slowest,
            max(import_files.finished_at) as last_imported_at
        from ({{ expected_feeds() }}) as expected
        left join ops.import_files
            on expected.importer = import_files.importer
            and import_files.status in ('imported', 'imported_with_errors')
        where expected.entity = '{{ entity }}' and expected.stale_after_minutes is not null
        group by expected.importer, expected.stale_after_minutes
    ) as feeds
{%- endmacro %}
