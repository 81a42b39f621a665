{#
    Returns the members without exactly one version at any time: the first from 0001-01-01, each next one from the end
    of the previous one, the last without an end.
#}
{% test one_version_at_any_time(model, key, dimension) %}

select
    members.{{ key }},
    versions.valid_from,
    versions.valid_to
from {{ dimension }} as members
left join (
    select
        *,
        coalesce(lag(valid_to) over versions_of_member, date '0001-01-01') as due_from,
        lead(valid_from) over versions_of_member as due_to
    from {{ model }}
    window versions_of_member as (partition by {{ key }} order by valid_from)
) as versions
    on members.{{ key }} = versions.{{ key }}
where
    versions.valid_from is distinct from versions.due_from
    or versions.valid_to is distinct from versions.due_to
    or versions.valid_from is null
    or versions.valid_from >= versions.valid_to
    or versions.is_current <> (versions.valid_to is null)

{% endtest %}
