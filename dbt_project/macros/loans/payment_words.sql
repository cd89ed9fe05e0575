{#
    What a row of payments does, by the words of its status or type in small letters
    alone, as a relation: 1 brings money, 0 moves none, -1 takes some back.
#}
{% macro payment_words() -%}
    {%- set words = {
        1: [
            'paid', 'payment', 'repayment', 'installment', 'instalment', 'prepayment',
            'received', 'completed', 'complete', 'success', 'successful', 'succeeded',
            'settled', 'cleared', 'posted', 'confirmed', 'approved',
        ],
        0: [
            'reversed', 'failed', 'cancelled', 'canceled', 'pending', 'writtenoff',
            'writeoff', 'declined', 'rejected', 'voided',
        ],
        -1: ['reversal', 'refund', 'chargeback'],
    } -%}
    (
        values
        {%- for effect, known in words.items() %}
        {%- set is_last_effect = loop.last %}
        {%- for word in known %}
        ('{{ word }}', {{ effect }}){{ ',' if not (is_last_effect and loop.last) }}
        {%- endfor %}
        {%- endfor %}
    ) as words (word, effect)
{%- endmacro %}
