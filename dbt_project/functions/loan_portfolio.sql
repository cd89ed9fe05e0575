{{ loan_portfolio_at('as_of') }}
