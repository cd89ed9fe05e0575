{#
    The code of what a record is rejected for, by the sentence that says so: the one list
    of both. A code stays; a sentence that is worded anew goes beside the former one,
    which rows whose pages are gone still have. `%s` stands for details, and the first
    code that fits counts, so sentences that begin with a detail come last. Of a
    sentence of an earlier release that is not here the code is unknown.
#}
{% macro rejected_code(reason) -%}
    {%- set sentences = {
        'taken_back': ['taken back by the source'],
        'said_otherwise': [
            'other values further down in the answer',
            'other values further down',
            'its key comes again further down, with other values',
            'another value than further up in the page',
        ],
        'repeated': ['repeated further down', 'its key comes again further down'],
        'repeated_place': ['its place in the block comes again further down'],
        'not_json': ['not readable as JSON'],
        'unreadable_page': [
            'not readable as a page of rates',
            'not readable as a file of rates',
            'page %s is not readable',
        ],
        'missing_page': ['page %s is missing'],
        'missing_coins': ['%s of %s announced coins are missing'],
        'empty_answer': [
            'an answer without coins',
            'a file without rows below its headings',
        ],
        'incomplete_answer': ['not a whole answer: %s rows of %s'],
        'swapped_headings': ['the headings of %s are swapped'],
        'wrong_field_count': [
            'fewer than %s elements',
            'not as many fields as the heading has',
            'not as many fields as headings',
        ],
        'wrong_type': ['not a list', 'not an object', 'not readable as a coin'],
        'no_id': ['no id'],
        'no_name': ['no symbol or no name'],
        'no_currency': ['no code of a currency'],
        'unknown_currency': ['an unknown currency'],
        'no_signal': ['no signal in it'],
        'no_borrower': ['no borrower'],
        'no_loan': ['no loan'],
        'unknown_loan': ['a loan that is not in the book'],
        'no_instalment': ['no instalment'],
        'no_payment': ['no payment'],
        'unknown_status': ['a status that is not known, %s: known are %s'],
        'no_token': ['no address of a token'],
        'no_transaction': ['no hash of a transaction'],
        'no_log_index': ['no log index'],
        'no_block': ['no number of a block', 'no hash of a block'],
        'no_time': [
            'no open time',
            'no time',
            'no readable timestamp',
            'no block time',
            'no time of a block',
        ],
        'no_date': ['no date'],
        'no_such_date': ['not a valid date', 'no date that there is'],
        'unreadable_date': ['no date in a form that is read: write it like 2024-02-01'],
        'date_with_time': [
            'a date with a time other than midnight: write only the day',
            'a date with a time other than midnight: write the day alone',
        ],
        'unknown_zone': ['of a time zone that Postgres does not know'],
        'skipped_hour': ['in an hour that the clocks of %s left out'],
        'repeated_hour': [
            'in an hour that comes twice, and the order does not tell which',
        ],
        'in_the_future': ['opens in the future', 'in the future'],
        'off_day': ['not of the day that was asked'],
        'not_a_number': [
            'not a number where one belongs',
            'not a number',
            'an amount that is no number, such as 1234.50',
        ],
        'not_a_whole_number': [
            'no whole number from 0 to 77',
            'no whole number of at most 78 digits',
        ],
        'infinite': ['infinite'],
        'unread_field': [
            'a field that says no date and no number from 0 to below 1e20',
        ],
        'no_amount': ['no amount', 'no amount that the rate is for'],
        'negative_amount': ['an amount below zero'],
        'negative_volume': ['a volume or count below zero', 'a volume below zero'],
        'negative_price': ['a price below zero'],
        'price_not_positive': ['a price of zero or less'],
        'rate_not_positive': ['a rate of zero or less'],
        'low_above_price': ['low above a price'],
        'high_below_price': ['high below a price'],
        'long_text': ['longer than 100 characters'],
        'control_characters': ['has control characters'],
        'lost_characters': ['has characters that no text can hold, left out here'],
        'no_address': ['%s: no address'],
        'long_key': ['%s of more than 200 characters'],
        'out_of_range': ['%s out of range: %s'],
    } -%}
    case
        {%- for code, known in sentences.items() %}
        when {{ reason }} like any (array['{{ known | join("', '") | replace("%s", "%") }}'])
            then '{{ code }}'
        {%- endfor %}
        else 'unknown'
    end
{%- endmacro %}
