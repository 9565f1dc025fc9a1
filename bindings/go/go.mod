module kevo

go 1.19
