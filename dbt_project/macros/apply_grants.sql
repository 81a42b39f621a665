{#
    Overrides dbt's macro, which takes from all others what they may do with a table that is changed rather than built
    anew: also from the importer, and from whom an administrator has granted it.
#}
{% macro postgres__apply_grants(relation, grant_config, should_revoke=True) -%}
    {% do default__apply_grants(relation, grant_config, should_revoke=False) %}
{%- endmacro %}
