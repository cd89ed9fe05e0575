{#
    What the files of a loan book have in their columns, as a relation: the heading of
    each field, its letters and digits alone, what kind of values it has, and whether
    a file without it can't be used (`is_required`), or one that has nothing under it
    (`is_filled`). A key is the name of what the row is about.
#}
{% macro loan_fields() -%}
    {%- set files = {
        'borrowers': [
            ('borrower_id', 'Borrower_Id', 'key', 'filled'),
            ('state', 'State', 'text', ''),
            ('city', 'City', 'text', ''),
            ('zip_code', 'zip_code', 'text', ''),
            ('borrower_credit_score', 'borrower_credit_score', 'amount', ''),
        ],
        'loans': [
            ('loan_id', 'loan_id', 'key', 'filled'),
            ('borrower_id', 'Borrower_id', 'text', 'required'),
            ('loan_date_of_release', 'Date_of_release', 'date', 'required'),
            ('term', 'Term', 'amount', ''),
            ('loan_amount', 'LoanAmount', 'amount', ''),
            ('downpayment', 'Downpayment', 'amount', ''),
            ('state', 'State', 'text', ''),
            ('city', 'City', 'text', ''),
            ('zip_code', 'zip_code', 'text', ''),
            ('payment_frequency', 'payment_frequency', 'text', ''),
            ('maturity_date', 'maturity_date', 'date', ''),
        ],
        'schedules': [
            ('loan_id', 'loan_id', 'text', 'filled'),
            ('schedule_id', 'schedule_id', 'key', 'filled'),
            ('due_date', 'Expected_payment_date', 'date', 'filled'),
            ('due_amount', 'Expected_payment_amount', 'amount', 'filled'),
        ],
        'payments': [
            ('loan_id', 'loan_id', 'text', 'filled'),
            ('payment_id', 'payment_id', 'key', 'filled'),
            ('paid_amount', 'Amount_paid', 'amount', 'filled'),
            ('paid_date', 'Date_paid', 'date', 'filled'),
            ('status', 'status', 'status', ''),
            ('payment_status', 'payment_status', 'status', ''),
            ('type', 'type', 'status', ''),
            ('payment_type', 'payment_type', 'status', ''),
        ],
    } -%}
    (
        values
        {%- for file, fields in files.items() %}
        {%- set is_last_file = loop.last %}
        {%- for field, heading, kind, need in fields %}
        (
            '{{ file }}.csv', '{{ field }}', '{{ heading }}',
            '{{ heading | lower | replace("_", "") }}', '{{ kind }}',
            {{ (need != '') | lower }}, {{ (need == 'filled') | lower }}
        ){{ ',' if not (is_last_file and loop.last) }}
        {%- endfor %}
        {%- endfor %}
    ) as known (
        file_name, field, heading, name, kind, is_required, is_filled
    )
{%- endmacro %}
