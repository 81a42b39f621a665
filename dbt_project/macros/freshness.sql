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
    Selects the moment from which an entity's freshness counts: its last import, even if the file changed nothing.
    Several importers have intervals of their own, and the entity is stale as soon as one of them is: so it is the last
    import of the one that is due first, moved back by the difference between its interval and the longest.
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
