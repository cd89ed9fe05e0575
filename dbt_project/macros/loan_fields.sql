{#
    What the files of a loan book have in their columns, as a relation: the heading of
    each field, its letters and digits alone, what kind of values it has, and whether
    a file without it can't be used. A key is the name of what the row is about.
#}
{% macro loan_fields() -%}
    {%- set files = {
        'borrowers': [
            ('borrower_id', 'Borrower_Id', 'key', true),
            ('state', 'State', 'text', false),
            ('city', 'City', 'text', false),
            ('zip_code', 'zip_code', 'text', false),
            ('borrower_credit_score', 'borrower_credit_score', 'amount', false),
        ],
        'loans': [
            ('loan_id', 'loan_id', 'key', true),
            ('borrower_id', 'Borrower_id', 'text', true),
            ('loan_date_of_release', 'Date_of_release', 'date', true),
            ('term', 'Term', 'amount', false),
            ('loan_amount', 'LoanAmount', 'amount', false),
            ('downpayment', 'Downpayment', 'amount', false),
            ('state', 'State', 'text', false),
            ('city', 'City', 'text', false),
            ('zip_code', 'zip_code', 'text', false),
            ('payment_frequency', 'payment_frequency', 'text', false),
            ('maturity_date', 'maturity_date', 'date', false),
        ],
        'schedules': [
            ('loan_id', 'loan_id', 'text', true),
            ('schedule_id', 'schedule_id', 'key', true),
            ('due_date', 'Expected_payment_date', 'date', true),
            ('due_amount', 'Expected_payment_amount', 'amount', true),
        ],
        'payments': [
            ('loan_id', 'loan_id', 'text', true),
            ('payment_id', 'payment_id', 'key', true),
            ('paid_amount', 'Amount_paid', 'amount', true),
            ('paid_date', 'Date_paid', 'date', true),
            ('status', 'status', 'status', false),
            ('payment_status', 'payment_status', 'status', false),
            ('type', 'type', 'status', false),
            ('payment_type', 'payment_type', 'status', false),
        ],
    } -%}
    (
        values
        {%- for file, fields in files.items() %}
        {%- set is_last_file = loop.last %}
        {%- for field, heading, kind, is_required in fields %}
        (
            '{{ file }}.csv', '{{ field }}', '{{ heading }}',
            '{{ heading | lower | replace("_", "") }}', '{{ kind }}', {{ is_required | lower }}
        ){{ ',' if not (is_last_file and loop.last) }}
        {%- endfor %}
        {%- endfor %}
    ) as known (file_name, field, heading, name, kind, is_required)
{%- endmacro %}
