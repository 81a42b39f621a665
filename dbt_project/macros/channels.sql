{# The channel of orders to which the variable `sales_channels` maps a sale's own text. #}
{% macro sales_channel(text) -%}
    case
        when coalesce(trim({{ text }}), '') = '' then {{ unknown() }}
        {% for channel, texts in var('sales_channels').items() %}
        when
            lower(trim({{ text }})) in (
                {% for known in texts %}'{{ known | replace("'", "''") }}'{{ ', ' if not loop.last }}{% endfor %}
            )
            then '{{ channel }}'
        {% endfor %}
        else 'other'
    end
{%- endmacro %}

{# Web or traditional, by the variable `web_channels`; (unknown) for an unknown channel. #}
{% macro channel_group(channel) -%}
    case
        when {{ channel }} = {{ unknown() }} then {{ unknown() }}
        {% for web_channel in var('web_channels') %}
        when {{ channel }} = '{{ web_channel }}' then 'web'
        {% endfor %}
        else 'traditional'
    end
{%- endmacro %}
